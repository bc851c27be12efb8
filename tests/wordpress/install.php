<?php
// Install WordPress into an empty SQLite database; prints an application password of its administrator.
define( 'WP_INSTALLING', true );
require getenv( 'WORDPRESS_WWW' ) . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_install( 'Town news', 'ada', 'ada@example.org', true, '', 'a fine day in may' );
update_option( 'comment_previously_approved', 0 );
update_option( 'active_plugins', array( 'comment-moderation/comment-moderation.php' ) );
list( $password ) = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'tests' ) );
echo wp_json_encode( $password );
