<?php
/**
 * Own words, in the form of phpMyAdmin's configuration.
 * $cfg['Servers'][$i]['auth_type'] = 'config';
 */
$i = 0;
$i++;
$cfg['Servers'][$i]['auth_type'] = 'cookie';
// $cfg['Servers'][$i]['AllowNoPassword'] = true;
$cfg['Servers'][$i]['AllowNoPassword'] = false;
