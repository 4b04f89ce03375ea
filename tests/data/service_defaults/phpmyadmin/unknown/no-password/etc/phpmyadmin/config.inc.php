<?php
/**
 * Own words, in the form of phpMyAdmin's configuration.
 * $cfg['Servers'][$i]['auth_type'] = 'config';
 */
$i = 0;
$i++;
$cfg['Servers'][$i]['AllowNoPassword'] = TRUE; // for now
