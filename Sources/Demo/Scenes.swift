internal import Kernel
internal import LoadClient

/// When what was true, for the picture and for the proof that no request went astray.
struct Scenes {
    struct Mark {
        let name: String
        let at: Instant
    }

    /// From the acknowledgement of a switch to the start of the next one only one color answers.
    struct Reign {
        let color: String
        let from: Instant
        var to = Instant.never
    }

    private(set) var marks: [Mark] = []
    private(set) var reigns: [Reign] = []

    mutating func mark(_ name: String, at moment: Instant = .now) {
        marks.append(Mark(name: name, at: moment))
    }

    mutating func served(_ color: String, from: Instant) {
        reigns.append(Reign(color: color, from: from))
    }

    /// The next switch begins: from here on the other color may answer.
    mutating func unserve(at: Instant) {
        if !reigns.isEmpty { reigns[reigns.count - 1].to = at }
    }

    /// Whether the request lay wholly within a reign and was answered by the other color.
    func contradict(_ record: LoadRecord) -> Bool {
        reigns.contains { reign in
            reign.from < record.started && record.ended < reign.to && !record.color.isEmpty
                && record.color != reign.color
        }
    }
}
