//! Pieces of the report onto pages.
//!
//! A [`Piece`] is never split. It may insist on sharing its page with the next one (a heading with
//! what it heads), and may name a head to repeat when it opens a page (a table's column heads).

use std::rc::Rc;

use super::canvas::{Canvas, Painted};

/// Draws something from the given height downwards.
pub(super) type Draw<'a> = Box<dyn Fn(&mut Canvas, f32) + 'a>;

/// An unsplittable strip over the page's width.
pub(super) struct Piece<'a> {
    /// Space above, dropped at the top of a page.
    pub(super) before: f32,
    pub(super) height: f32,
    /// Begins a page.
    pub(super) opens_page: bool,
    /// Stays on the page of the following piece.
    pub(super) keep: bool,
    /// Drawn first if the piece opens a page.
    pub(super) repeat: Option<Rc<Repeat<'a>>>,
    /// Title for the bookmark that leads here.
    pub(super) bookmark: Option<&'a str>,
    pub(super) draw: Draw<'a>,
}

/// The head of a table, for its further pages.
pub(super) struct Repeat<'a> {
    pub(super) height: f32,
    pub(super) draw: Draw<'a>,
}

/// Where the pages have room for pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) paper_height: f32,
    pub(super) first_top: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

/// A bookmark's title and the place it leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bookmark {
    pub(super) title: String,
    pub(super) page: usize,
    /// From the top of the paper.
    pub(super) y: f32,
}

/// The pages with everything but what depends on their number.
pub(super) struct Pages {
    pub(super) canvases: Vec<Canvas>,
    pub(super) bookmarks: Vec<Bookmark>,
    /// Pages before the first piece that had to open one.
    pub(super) body: usize,
}

impl<'a> Piece<'a> {
    /// A piece that may stand alone.
    pub(super) fn new(before: f32, height: f32, draw: impl Fn(&mut Canvas, f32) + 'a) -> Self {
        Self { before, height, opens_page: false, keep: false, repeat: None, bookmark: None, draw: Box::new(draw) }
    }

    /// The same piece, bound to the next one.
    pub(super) fn keep(self) -> Self {
        Self { keep: true, ..self }
    }
}

impl Pages {
    /// Ends all pages.
    pub(super) fn finish(self) -> (Vec<Painted>, Vec<Bookmark>) {
        (self.canvases.into_iter().map(Canvas::finish).collect(), self.bookmarks)
    }
}

/// Places the pieces one below the other.
pub(super) fn paginate(pieces: &[Piece], frame: Frame) -> Pages {
    let mut pages = Pages { canvases: vec![Canvas::new(frame.paper_height)], bookmarks: Vec::new(), body: 0 };
    let mut body = None;
    let mut y = frame.first_top;
    let mut fresh = true;
    let mut rest = pieces;
    while !rest.is_empty() {
        let (chain, after) = rest.split_at(chain_length(rest));
        rest = after;
        let opens = chain.first().is_some_and(|piece| piece.opens_page);
        if opens && body.is_none() {
            body = Some(pages.canvases.len());
        }
        if !fresh && (opens || y + height_of(chain, false) > frame.bottom) {
            pages.canvases.push(Canvas::new(frame.paper_height));
            (y, fresh) = (frame.top, true);
        }
        for piece in chain {
            // a chain longer than a page: its pieces are let go one by one
            if !fresh && y + piece.before + piece.height > frame.bottom {
                pages.canvases.push(Canvas::new(frame.paper_height));
                (y, fresh) = (frame.top, true);
            }
            y = place(&mut pages, piece, y, fresh);
            fresh = false;
        }
    }
    pages.body = body.unwrap_or(pages.canvases.len());
    pages
}

/// Number of pieces that want to be on one page.
fn chain_length(pieces: &[Piece]) -> usize {
    let bound = pieces.iter().take_while(|piece| piece.keep).count();
    (bound + 1).min(pieces.len())
}

fn height_of(chain: &[Piece], fresh: bool) -> f32 {
    let before = |index: usize, piece: &Piece| {
        if fresh && index == 0 { 0.0 } else { piece.before }
    };
    chain.iter().enumerate().map(|(index, piece)| before(index, piece) + piece.height).sum()
}

fn place(pages: &mut Pages, piece: &Piece, mut y: f32, fresh: bool) -> f32 {
    let page = pages.canvases.len() - 1;
    let canvas = &mut pages.canvases[page];
    if fresh {
        if let Some(repeat) = &piece.repeat {
            (repeat.draw)(canvas, y);
            y += repeat.height;
        }
    } else {
        y += piece.before;
    }
    if let Some(title) = piece.bookmark {
        pages.bookmarks.push(Bookmark { title: title.to_owned(), page, y });
    }
    (piece.draw)(canvas, y);
    y + piece.height
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const FRAME: Frame = Frame { paper_height: 140.0, first_top: 20.0, top: 20.0, bottom: 120.0 };

    /// Draws pieces of the given (height, keep) and reports the height at which each was placed,
    /// and how often the head was repeated.
    fn placed(pieces: &[(f32, bool)]) -> (Vec<f32>, usize, usize) {
        let tops = RefCell::new(Vec::new());
        let heads = RefCell::new(0);
        let head = Rc::new(Repeat { height: 10.0, draw: Box::new(|_, _| *heads.borrow_mut() += 1) });
        let pieces: Vec<Piece> = pieces
            .iter()
            .enumerate()
            .map(|(index, (height, keep))| Piece {
                keep: *keep,
                repeat: (index > 0).then(|| Rc::clone(&head)),
                ..Piece::new(0.0, *height, |_, y| tops.borrow_mut().push(y))
            })
            .collect();
        let pages = paginate(&pieces, FRAME).canvases.len();
        drop(pieces);
        drop(head);
        (tops.into_inner(), pages, heads.into_inner())
    }

    #[test]
    fn a_table_repeats_its_head_on_each_further_page() {
        let (tops, pages, heads) = placed(&[(30.0, false); 7]);
        assert_eq!(pages, 3);
        assert_eq!(heads, 2);
        assert_eq!(tops, [20.0, 50.0, 80.0, 30.0, 60.0, 90.0, 30.0]);
    }

    #[test]
    fn a_heading_goes_with_what_follows() {
        let (tops, pages, _) = placed(&[(80.0, false), (10.0, true), (30.0, false)]);
        assert_eq!(pages, 2);
        assert_eq!(tops[1..2], [30.0]);
    }

    #[test]
    fn a_chain_longer_than_a_page_still_comes_out_whole() {
        let (tops, pages, _) = placed(&[(60.0, true), (60.0, true), (60.0, true), (60.0, false)]);
        assert_eq!((tops.len(), pages), (4, 4));
    }

    #[test]
    fn a_piece_taller_than_a_page_does_not_loop() {
        let (tops, pages, _) = placed(&[(10.0, false), (500.0, false), (10.0, false)]);
        assert_eq!((tops.len(), pages), (3, 3));
    }
}
