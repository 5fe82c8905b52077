/// Numbers as peers write them: digits and nothing else, never wrapped around.
extension RawSpan {
    /// `1*DIGIT` as a number; nil where it is empty, holds anything but digits, or exceeds `most`.
    public func decimal(most: UInt64 = .max) -> UInt64? {
        guard byteCount > 0 else { return nil }
        var value: UInt64 = 0
        for at in 0..<byteCount {
            let octet = self[octet: at]
            guard octet.isDigit else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(octet &- 0x30))
            guard !overflow, !carry, sum <= most else { return nil }
            value = sum
        }
        return value
    }
}
