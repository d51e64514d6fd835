//! The logical structure of the document: what a screen reader walks through.
//!
//! Blocks add elements in reading order while they are laid out; drawing then attaches the marked
//! content of the pages to them.

/// Handle of an element in [`Tags`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// What an element is, in terms of PDF's standard structure types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    Section,
    Title,
    Heading,
    Paragraph,
    Table,
    TableRow,
    /// Head cell of a column.
    ColumnHead,
    /// Head cell of a row.
    RowHead,
    /// Body cell over this many columns.
    Cell {
        span: usize,
    },
    Figure,
    /// Text that leads to another place of the document.
    Link,
}

impl Kind {
    /// The standard structure type's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Section => "Sect",
            Self::Title => "H1",
            Self::Heading => "H2",
            Self::Paragraph => "P",
            Self::Table => "Table",
            Self::TableRow => "TR",
            Self::ColumnHead | Self::RowHead => "TH",
            Self::Cell { .. } => "TD",
            Self::Figure => "Figure",
            Self::Link => "Link",
        }
    }
}

/// A piece of an element: a nested element, or content number `.1` of page number `.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kid {
    Node(NodeId),
    Mark { page: usize, id: usize },
}

/// One structure element.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) parent: Option<NodeId>,
    pub(super) kids: Vec<Kid>,
    /// Replacement text of a figure.
    pub(super) alt: Option<String>,
    /// Page number and rectangle of a figure: left, bottom, right, top in PDF coordinates.
    pub(super) place: Option<(usize, [f32; 4])>,
}

/// All elements; the first one is the document.
#[derive(Debug)]
pub(super) struct Tags {
    nodes: Vec<Node>,
}

impl Tags {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::new(Kind::Document, None, None)] }
    }

    /// The element that holds all others.
    pub(super) const fn root() -> NodeId {
        NodeId(0)
    }

    /// Adds an element after the parent's present kids.
    pub(super) fn add(&mut self, parent: NodeId, kind: Kind) -> NodeId {
        self.push(Node::new(kind, Some(parent), None))
    }

    /// Adds a figure with its text in words.
    pub(super) fn add_figure(&mut self, parent: NodeId, alt: &str) -> NodeId {
        self.push(Node::new(Kind::Figure, Some(parent), Some(alt.to_owned())))
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.nodes.len());
        if let Some(parent) = node.parent {
            self.nodes[parent.0].kids.push(Kid::Node(id));
        }
        self.nodes.push(node);
        id
    }

    /// Says that content `id` of `page` belongs to `node`.
    pub(super) fn mark(&mut self, node: NodeId, page: usize, id: usize) {
        self.nodes[node.0].kids.push(Kid::Mark { page, id });
    }

    /// Says where a figure is.
    pub(super) fn place(&mut self, node: NodeId, page: usize, area: [f32; 4]) {
        self.nodes[node.0].place = Some((page, area));
    }

    /// Elements with their handles, parents before kids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index), node))
    }
}

impl NodeId {
    /// Position in [`Tags::iter`].
    pub(super) const fn index(self) -> usize {
        self.0
    }
}

impl Node {
    const fn new(kind: Kind, parent: Option<NodeId>, alt: Option<String>) -> Self {
        Self { kind, parent, kids: Vec::new(), alt, place: None }
    }
}
