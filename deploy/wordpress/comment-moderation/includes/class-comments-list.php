<?php
/**
 * A column in WordPress' list of comments: what the service said, and why.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * The column.
 */
final class Comments_List {

	const COLUMN = 'comment_moderation';

	/**
	 * Add the column.
	 *
	 * @param string[] $columns The others.
	 * @return string[]
	 */
	public static function columns( $columns ) {
		$columns[ self::COLUMN ] = __( 'Moderation', 'comment-moderation' );
		return $columns;
	}

	/**
	 * Show one comment's reasons, and whether a decision made here is still on its way.
	 *
	 * @param string     $column  Which column.
	 * @param int|string $comment The comment's id.
	 */
	public static function show( $column, $comment ) {
		if ( self::COLUMN !== $column ) {
			return;
		}
		$said = Record::read( (int) $comment, Record::SAID );
		echo esc_html( $said ? Reasons::in_words( $said ) : '—' );
		if ( '' !== Record::get( (int) $comment, Record::OVERRIDE ) ) {
			echo '<br>' . esc_html__( 'The decision made here is not relayed yet.', 'comment-moderation' );
		}
	}
}
