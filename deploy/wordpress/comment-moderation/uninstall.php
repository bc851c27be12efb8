<?php
/**
 * Takes away what the plugin kept. What the service keeps stays there: erase comments first to erase that too.
 *
 * @package Comment_Moderation
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Clean one site.
 */
function comment_moderation_uninstall() {
	global $wpdb;
	delete_option( 'comment_moderation_service' );
	delete_option( 'comment_moderation_cursor' );
	wp_clear_scheduled_hook( 'comment_moderation_recheck' );
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like( 'comment_moderation_erase_' ) . '%' ) );
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->commentmeta WHERE meta_key LIKE %s", $wpdb->esc_like( '_comment_moderation_' ) . '%' ) );
	wp_cache_flush();
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $comment_moderation_site ) {
		switch_to_blog( $comment_moderation_site );
		comment_moderation_uninstall();
		restore_current_blog();
	}
} else {
	comment_moderation_uninstall();
}
