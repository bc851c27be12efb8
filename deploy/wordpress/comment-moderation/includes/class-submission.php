<?php
/**
 * A comment as the service's API takes it. It sends what moderation needs: no address, no IP, no browser.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Makes submissions.
 */
final class Submission {

	/**
	 * Return a comment's submission.
	 *
	 * @param array  $comment     The row as it is, or will be, stored; without slashes.
	 * @param string $external_id The name that it has at the service.
	 * @return array
	 */
	public static function of( array $comment, $external_id ) {
		$post   = (int) ( $comment['comment_post_ID'] ?? 0 );
		$parent = (int) ( $comment['comment_parent'] ?? 0 );
		return array(
			'text'        => (string) $comment['comment_content'],
			'text_format' => 'html',
			'external_id' => $external_id,
			'language'    => get_bloginfo( 'language' ),
			'author'      => self::without_empty(
				array(
					'id'   => self::author( $comment ),
					'name' => (string) ( $comment['comment_author'] ?? '' ),
				)
			),
			'context'     => self::without_empty(
				array(
					'article_id' => (string) $post,
					'url'        => (string) get_permalink( $post ),
					'title'      => wp_specialchars_decode( wp_strip_all_tags( get_the_title( $post ) ), ENT_QUOTES ),
					'parent_id'  => $parent ? Record::get( $parent, Record::EXTERNAL_ID ) : '',
				)
			),
		);
	}

	/**
	 * Tell whether a type of comment is what people write.
	 *
	 * @param array $comment The row.
	 * @return bool False for pingbacks and what plugins keep as comments.
	 */
	public static function is_wanted( array $comment ) {
		return in_array( $comment['comment_type'] ?? '', array( '', 'comment', 'review' ), true );
	}

	/**
	 * Return a name that stays the same for one author; the service keeps a keyed hash of it alone.
	 *
	 * @param array $comment The row.
	 * @return string
	 */
	private static function author( array $comment ) {
		$user = (int) ( $comment['user_id'] ?? 0 );
		return $user ? "user-$user" : strtolower( (string) ( $comment['comment_author_email'] ?? '' ) );
	}

	/**
	 * Leave out what is not known.
	 *
	 * @param array $fields Strings.
	 * @return object|array
	 */
	private static function without_empty( array $fields ) {
		$kept = array_filter( $fields, 'strlen' );
		return $kept ? $kept : new \stdClass();
	}
}
