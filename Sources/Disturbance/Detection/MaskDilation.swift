internal import Kernels

/// Marks every pixel within `radius` rows and columns of a marked one.
/// - Parameters:
///   - mask: 0 or 1 a pixel, rows first; changed in place.
///   - radius: Pixels; 0 changes nothing.
func dilate(_ mask: inout [UInt8], rows: Int, columns: Int, radius: Int) {
    guard !mask.isEmpty else { return }
    unsafe kernels.dilate(&mask, rows: rows, columns: columns, radius: radius)
}
