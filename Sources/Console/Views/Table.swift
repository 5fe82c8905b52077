/// One piece of a row.
public struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    public var text: String
    public var tint: Tint

    public init(_ text: String, _ tint: Tint = .plain) {
        self.text = text
        self.tint = tint
    }

    public init(stringLiteral value: String) { self.init(value) }
}

/// Rows with aligned columns.
public struct Table: Sendable {
    private var rows: [[Cell]] = []
    private let gap: String
    /// Columns that are aligned at their right side: numbers.
    private let rightAligned: Set<Int>

    public init(rightAligned: Set<Int> = [], gap: Int = 2) {
        self.rightAligned = rightAligned
        self.gap = String(repeating: " ", count: gap)
    }

    /// Rows may have fewer cells than others.
    public mutating func add(_ row: [Cell]) { rows.append(row) }

    public func lines(_ style: Style, indent: Int = 0) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
        }
        let margin = String(repeating: " ", count: indent)
        return rows.map { row in
            var line = margin
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.text.count)
                let painted = style.paint(cell.text, cell.tint)
                if column > 0 { line += gap }
                if rightAligned.contains(column) {
                    line += padding + painted
                } else {
                    // Nothing behind the last column, so that no line ends in spaces.
                    line += column == row.count - 1 ? painted : painted + padding
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
