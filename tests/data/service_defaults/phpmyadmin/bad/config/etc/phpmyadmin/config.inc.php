<?php
/**
 * Own words, in the form of phpMyAdmin's configuration.
 * $cfg['Servers'][$i]['auth_type'] = 'config';
 */
$i = 0;
$i++;
$cfg['Servers'][$i]['auth_type'] = 'config';
$cfg['Servers'][$i]['user'] = 'root';
$cfg['Servers'][$i]['password'] = 'Qx7-long-enough';
