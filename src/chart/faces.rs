//! The embedded type faces: Inter carries the text, `DejaVu` Sans the characters Inter lacks.

/// Weight of a text; two weights are enough for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Strong,
}

/// How a text is set: weight, size in points, and whether its digits line up in columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub weight: Weight,
    pub size: f32,
    /// OpenType `tnum`: every digit is equally wide.
    pub tabular: bool,
}

impl Style {
    /// Regular weight with proportional figures.
    #[must_use]
    pub const fn regular(size: f32) -> Self {
        Self { weight: Weight::Regular, size, tabular: false }
    }

    /// Strong weight with proportional figures.
    #[must_use]
    pub const fn strong(size: f32) -> Self {
        Self { weight: Weight::Strong, size, tabular: false }
    }

    /// The same style with tabular figures.
    #[must_use]
    pub const fn tabular(self) -> Self {
        Self { tabular: true, ..self }
    }
}

/// One of the embedded font files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    Regular,
    Strong,
    Fallback,
}

impl Face {
    /// Every face, in the order of their resource names.
    pub const ALL: [Self; 3] = [Self::Regular, Self::Strong, Self::Fallback];

    /// The font file, as shipped.
    #[must_use]
    pub const fn data(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../assets/fonts/Inter-Regular.otf"),
            Self::Strong => include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
            Self::Fallback => include_bytes!("../../assets/fonts/DejaVuSans.ttf"),
        }
    }

    /// PostScript name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regular => "Inter-Regular",
            Self::Strong => "Inter-SemiBold",
            Self::Fallback => "DejaVuSans",
        }
    }
}
