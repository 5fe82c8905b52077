extension String {
    /// As one word of a POSIX shell's command line: as it is where nothing in it means anything to
    /// a shell, else in single quotes (POSIX.1-2024, Shell Command Language, section 2.2.2).
    public var asShellWord: String {
        let isPlain =
            !isEmpty
            && unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789_-./:@%+,=".unicodeScalars.contains($0)
            }
        return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
