<?php
/**
 * What is known of a comment at the service, kept as its meta. It holds nothing of the text.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * The meta of comments: what the service calls it, how far WordPress followed, and what is still to do.
 */
final class Record {

	const EXTERNAL_ID = '_comment_moderation_external_id';
	const ID          = '_comment_moderation_id';
	const VERSION     = '_comment_moderation_version';
	const APPLIED     = '_comment_moderation_applied';
	const REVISION    = '_comment_moderation_revision';
	const SAID        = '_comment_moderation_said';
	const DUE         = '_comment_moderation_due';
	const OVERRIDE    = '_comment_moderation_override';
	const ANY_STATUS  = array( 'approve', 'hold', 'spam', 'trash', 'post-trashed' );
	const ALL         = array( self::EXTERNAL_ID, self::ID, self::VERSION, self::APPLIED, self::REVISION, self::SAID, self::DUE, self::OVERRIDE );

	/**
	 * Return one value.
	 *
	 * @param int    $comment The comment's id.
	 * @param string $name    One of the constants.
	 * @return string '' where there is none.
	 */
	public static function get( $comment, $name ) {
		return (string) get_comment_meta( $comment, $name, true );
	}

	/**
	 * Return one value that is JSON.
	 *
	 * @param int    $comment The comment's id.
	 * @param string $name    SAID or OVERRIDE.
	 * @return array Empty where there is none.
	 */
	public static function read( $comment, $name ) {
		$found = json_decode( self::get( $comment, $name ), true );
		return is_array( $found ) ? $found : array();
	}

	/**
	 * Keep one value.
	 *
	 * @param int              $comment The comment's id.
	 * @param string           $name    One of the constants.
	 * @param string|int|array $value   An array is kept as JSON.
	 */
	public static function set( $comment, $name, $value ) {
		// Meta loses one level of backslashes.
		update_comment_meta( $comment, $name, wp_slash( is_array( $value ) ? wp_json_encode( $value ) : (string) $value ) );
	}

	/**
	 * Forget one value, or with no name all of them.
	 *
	 * @param int    $comment The comment's id.
	 * @param string $name    One of the constants.
	 */
	public static function forget( $comment, $name = '' ) {
		foreach ( '' === $name ? self::ALL : array( $name ) as $one ) {
			delete_comment_meta( $comment, $one );
		}
	}

	/**
	 * Raise the version to a newer one, in one statement: of two that are told at once, the older loses.
	 *
	 * @param int $comment The comment's id.
	 * @param int $version What was told.
	 * @return bool Whether it was newer than what is kept.
	 */
	public static function claim_version( $comment, $version ) {
		global $wpdb;
		add_comment_meta( $comment, self::VERSION, '0', true );
		$changed = $wpdb->query(
			$wpdb->prepare(
				"UPDATE $wpdb->commentmeta SET meta_value = %s WHERE comment_id = %d AND meta_key = %s AND meta_value + 0 < %d",
				(string) $version,
				$comment,
				self::VERSION,
				$version
			)
		);
		wp_cache_delete( $comment, 'comment_meta' );
		return (bool) $changed;
	}

	/**
	 * Find a comment by the name that it was submitted with.
	 *
	 * @param string $external_id A UUID.
	 * @return int Its id; 0 where there is none.
	 */
	public static function find( $external_id ) {
		$found = self::query(
			array(
				'meta_key'   => self::EXTERNAL_ID,
				'meta_value' => $external_id,
				'number'     => 1,
			)
		);
		return $found ? $found[0] : 0;
	}

	/**
	 * Return the comments with something to do: what was tried longest ago first, so that none holds up the rest.
	 *
	 * @param string $name  DUE or OVERRIDE.
	 * @param int    $limit How many at most.
	 * @return int[]
	 */
	public static function with( $name, $limit ) {
		return self::query(
			array(
				'meta_key' => $name,
				'number'   => $limit,
				'orderby'  => self::DUE === $name ? 'meta_value_num' : 'comment_ID',
				'order'    => 'ASC',
			)
		);
	}

	/**
	 * Return comments of any status.
	 *
	 * @param array $query As get_comments() takes it.
	 * @return int[]
	 */
	private static function query( array $query ) {
		$any = array(
			'fields'                    => 'ids',
			'status'                    => self::ANY_STATUS, // 'any' leaves out what is put away.
			'update_comment_meta_cache' => false,
		);
		return array_map( 'intval', get_comments( $query + $any ) );
	}
}
