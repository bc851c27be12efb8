<?php
/**
 * Comments that are gone from WordPress are gone from the service: what could not be erased yet is kept as a list of ids.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Plans erasures and carries them out.
 */
final class Erasure {

	/** One option each, so that two at once do not lose one. */
	const PREFIX = 'comment_moderation_erase_';

	/**
	 * Plan to have a comment forgotten, when WordPress deletes it for good.
	 *
	 * @param int|string $comment The comment's id.
	 */
	public static function plan( $comment ) {
		$name = Record::get( (int) $comment, Record::EXTERNAL_ID );
		if ( '' !== $name ) {
			add_option( self::PREFIX . $name, '1', '', 'no' );
		}
	}

	/**
	 * Have a comment forgotten now, or plan it.
	 *
	 * @param int $comment The comment's id.
	 * @return bool Whether nothing of it is left at the service.
	 */
	public static function now( $comment ) {
		$is_gone = Service::erase( Record::get( $comment, Record::EXTERNAL_ID ) );
		if ( ! $is_gone ) {
			self::plan( $comment );
		}
		Record::forget( $comment );
		return $is_gone;
	}

	/**
	 * Carry out what was planned.
	 *
	 * @param int $limit How many at most.
	 */
	public static function run( $limit ) {
		global $wpdb;
		$like  = $wpdb->esc_like( self::PREFIX ) . '%';
		$names = $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE %s LIMIT %d", $like, $limit ) );
		foreach ( $names as $name ) {
			if ( ! Service::erase( substr( $name, strlen( self::PREFIX ) ) ) ) {
				return;
			}
			delete_option( $name );
		}
	}
}
