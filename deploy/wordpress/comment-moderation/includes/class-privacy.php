<?php
/**
 * WordPress' privacy tools: what the service knows of a person's comments is exported and erased with them.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * The exporter, the eraser, and a text for the privacy policy.
 */
final class Privacy {

	const PAGE = 20;

	/**
	 * Add the eraser.
	 *
	 * @param array $erasers The others.
	 * @return array
	 */
	public static function erasers( $erasers ) {
		$erasers['comment-moderation'] = array(
			'eraser_friendly_name' => __( 'Comment Moderation', 'comment-moderation' ),
			'callback'             => array( self::class, 'erase' ),
		);
		return $erasers;
	}

	/**
	 * Add the exporter.
	 *
	 * @param array $exporters The others.
	 * @return array
	 */
	public static function exporters( $exporters ) {
		$exporters['comment-moderation'] = array(
			'exporter_friendly_name' => __( 'Comment Moderation', 'comment-moderation' ),
			'callback'               => array( self::class, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Have the service forget a person's comments.
	 *
	 * @param string $email Their address.
	 * @param int    $page  From 1.
	 * @return array As WordPress asks for it.
	 */
	public static function erase( $email, $page = 1 ) {
		$comments = self::comments( $email, $page );
		$done     = array(
			'items_removed'  => false,
			'items_retained' => false,
			'messages'       => array(),
			'done'           => count( $comments ) < self::PAGE,
		);
		foreach ( $comments as $comment ) {
			if ( '' === Record::get( $comment, Record::EXTERNAL_ID ) ) {
				continue;
			}
			if ( Erasure::now( $comment ) ) {
				$done['items_removed'] = true;
			} else {
				$done['items_retained'] = true;
				$done['messages']       = array( __( 'The moderation service did not answer for some comments. They will be erased there as soon as it does.', 'comment-moderation' ) );
			}
		}
		return $done;
	}

	/**
	 * Tell what was decided on a person's comments, and why.
	 *
	 * @param string $email Their address.
	 * @param int    $page  From 1.
	 * @return array As WordPress asks for it.
	 */
	public static function export( $email, $page = 1 ) {
		$comments = self::comments( $email, $page );
		$data     = array();
		foreach ( $comments as $comment ) {
			$said = Record::read( $comment, Record::SAID );
			if ( ! $said ) {
				continue;
			}
			$data[] = array(
				'group_id'    => 'comment-moderation',
				'group_label' => __( 'Moderation of comments', 'comment-moderation' ),
				'item_id'     => "comment-moderation-$comment",
				'data'        => array(
					array(
						'name'  => __( 'Comment', 'comment-moderation' ),
						'value' => (string) get_comment_link( $comment ),
					),
					array(
						'name'  => __( 'Decision', 'comment-moderation' ),
						'value' => esc_html( Reasons::in_words( $said ) ),
					),
				),
			);
		}
		return array(
			'data' => $data,
			'done' => count( $comments ) < self::PAGE,
		);
	}

	/**
	 * Offer a paragraph for the site's privacy policy.
	 */
	public static function suggest() {
		wp_add_privacy_policy_content(
			__( 'Comment Moderation', 'comment-moderation' ),
			'<p>' . esc_html__( 'Comments are sent to a moderation service that we run ourselves, with the name given and a name for the author that is kept there only as a hash. A model approves them or holds them for a person; only people reject.', 'comment-moderation' ) . '</p>'
		);
	}

	/**
	 * Return a page of a person's comments.
	 *
	 * @param string $email Their address.
	 * @param int    $page  From 1.
	 * @return int[]
	 */
	private static function comments( $email, $page ) {
		return '' === $email ? array() : get_comments(
			array(
				'author_email' => $email,
				'number'       => self::PAGE,
				'paged'        => $page,
				'orderby'      => 'comment_ID',
				'order'        => 'ASC',
				'fields'       => 'ids',
				'status'       => Record::ANY_STATUS,
			)
		);
	}
}
