# Own words, in the form of the solr.in.sh of Solr's service installer.
SOLR_PID_DIR="/var/solr"
SOLR_HOME="/var/solr/data"
