public import Geospatial

/// The rectangle of one file that one group needs.
public struct PlannedWindow: Hashable, Sendable {
    /// Index of the file in the plan.
    public let file: Int
    /// The pixels needed, in the file's grid.
    public let window: Window
    /// The blocks that hold them, whole.
    public let blocks: Window
}

/// The scenes that show a group, and which of their files are read: the same for all groups that the same scenes show.
struct PlannedImagery: Hashable, Sendable {
    /// Indices of scenes, ordered by day, then id.
    let scenes: [Int]
    /// The bands compared, in order of wavelength.
    let bands: [Band]
    /// Indices of files, ascending.
    let files: [Int]
    /// For each of the files, which of a group's rectangles is read from it.
    let rectangles: [Int]
}

/// One group of sites with the scenes that show it.
///
/// Files of one grid and one size of blocks are read alike: a country has millions of windows, but few of them differ.
public struct PlannedGroup: Sendable {
    /// What is read of all files of one grid and one size of blocks.
    struct Rectangle: Hashable, Sendable {
        let window: Window
        let blocks: Window
    }

    public let group: SiteGroup
    let imagery: PlannedImagery
    let rectangles: [Rectangle]

    /// Indices of scenes, ordered by day, then id.
    public var scenes: [Int] { imagery.scenes }
    /// The bands compared, in order of wavelength.
    public var bands: [Band] { imagery.bands }
    /// Ordered by file.
    public var windows: PlannedWindows { PlannedWindows(imagery: imagery, rectangles: rectangles) }
}

/// What a group needs of each file.
public struct PlannedWindows: RandomAccessCollection, Sendable {
    fileprivate let imagery: PlannedImagery
    fileprivate let rectangles: [PlannedGroup.Rectangle]

    public var startIndex: Int { 0 }
    public var endIndex: Int { imagery.files.count }

    public subscript(position: Int) -> PlannedWindow {
        let rectangle = rectangles[imagery.rectangles[position]]
        return PlannedWindow(file: imagery.files[position], window: rectangle.window, blocks: rectangle.blocks)
    }
}
