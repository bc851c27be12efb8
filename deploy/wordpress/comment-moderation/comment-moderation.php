<?php
/**
 * Plugin Name: Comment Moderation
 * Description: Asks your own moderation service about each comment: it approves or holds, people reject.
 * Version: 1.0.0
 * Requires at least: 6.1
 * Requires PHP: 7.4
 * License: Apache-2.0
 * Text Domain: comment-moderation
 *
 * This file wires the parts to WordPress' hooks and does nothing else.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

foreach ( array( 'settings', 'service', 'signature', 'record', 'submission', 'verdicts', 'arrivals', 'edits', 'callback', 'overrides', 'erasure', 'recheck', 'privacy', 'reasons', 'comments-list', 'settings-page' ) as $comment_moderation_part ) {
	require_once __DIR__ . "/includes/class-{$comment_moderation_part}.php";
}

add_filter( 'pre_comment_approved', array( Arrivals::class, 'decide' ), 90, 2 );
add_action( 'wp_insert_comment', array( Arrivals::class, 'remember' ), 10, 2 );
add_filter( 'wp_update_comment_data', array( Edits::class, 'decide' ), 90, 2 );
add_action( 'transition_comment_status', array( Overrides::class, 'notice' ), 10, 3 );
add_action( 'delete_comment', array( Erasure::class, 'plan' ) );
add_action( 'rest_api_init', array( Callback::class, 'register' ) );

add_filter( 'cron_schedules', array( Recheck::class, 'schedules' ) );
add_action( 'init', array( Recheck::class, 'schedule' ) );
add_action( Recheck::HOOK, array( Recheck::class, 'run' ) );
register_deactivation_hook( __FILE__, array( Recheck::class, 'unschedule' ) );

// Before WordPress' own eraser: after it, nothing leads from an address to its comments.
add_filter( 'wp_privacy_personal_data_erasers', array( Privacy::class, 'erasers' ), 5 );
add_filter( 'wp_privacy_personal_data_exporters', array( Privacy::class, 'exporters' ) );
add_action( 'admin_init', array( Privacy::class, 'suggest' ) );

add_filter( 'manage_edit-comments_columns', array( Comments_List::class, 'columns' ) );
add_action( 'manage_comments_custom_column', array( Comments_List::class, 'show' ), 10, 2 );
add_action( 'admin_init', array( Settings_Page::class, 'register' ) );
add_action( 'admin_menu', array( Settings_Page::class, 'add' ) );
add_action(
	'init',
	static function () {
		load_plugin_textdomain( 'comment-moderation', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
	}
);
