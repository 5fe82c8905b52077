/// A table with a caption, whose first cell in each row is the row's name.
struct DashboardTable {
    /// `number` is set flush right, in digits of one width.
    enum Column {
        case text(HTML)
        case number(HTML)

        fileprivate var name: HTML {
            switch self {
            case .text(let name), .number(let name): name
            }
        }

        /// The attribute of its cells.
        fileprivate var attribute: HTML {
            switch self {
            case .text: ""
            case .number: " class=\"number\""
            }
        }
    }

    let caption: HTML
    /// Empty: the rows' names say it all.
    let columns: [Column]
    private var rows: [HTML] = []

    init(_ caption: HTML, _ columns: [Column] = []) {
        self.caption = caption
        self.columns = columns
    }

    var isEmpty: Bool { rows.isEmpty }

    /// `isStrong`: the row of what serves.
    mutating func add(_ name: HTML, _ cells: [HTML], isStrong: Bool = false) {
        let others = cells.enumerated().map { index, cell -> HTML in
            "<td\(attribute(index + 1))>\(cell)</td>"
        }
        let mark: HTML = isStrong ? " class=\"strong\"" : ""
        rows.append("<tr\(mark)><th scope=\"row\">\(name)</th>\(others)</tr>\n")
    }

    private func attribute(_ index: Int) -> HTML {
        columns.indices.contains(index) ? columns[index].attribute : ""
    }

    var html: HTML {
        let names = columns.map { column -> HTML in
            "<th scope=\"col\"\(column.attribute)>\(column.name)</th>"
        }
        let head: HTML = names.isEmpty ? "" : "<thead><tr>\(names)</tr></thead>\n"
        let kind: HTML = names.isEmpty ? " class=\"facts\"" : ""
        return """
            <div class="table"><table\(kind)><caption>\(caption)</caption>
            \(head)<tbody>
            \(rows)</tbody></table></div>

            """
    }
}
