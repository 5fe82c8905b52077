func didYouMean(_ word: String) -> String { "did you mean \(word)?" }

/// The word that was probably meant: at most a third of its letters differ.
func nearest(to word: String, in words: [String]) -> String? {
    let typed = Array(word.lowercased())
    let distances = words.map { (word: $0, distance: distance(typed, Array($0))) }
    guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.word.count / 3) ? best.word : nil
}

/// Insertions, removals, replacements and swaps of neighbours that turn one into the other
/// (optimal string alignment).
private func distance(_ left: [Character], _ right: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
        var next = [row + 1]
        for column in 0..<right.count {
            var best = min(last[column + 1], next[column]) + 1
            best = min(best, last[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                best = min(best, before[column - 1] + 1)
            }
            next.append(best)
        }
        before = last
        last = next
    }
    return last[right.count]
}
