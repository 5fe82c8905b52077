/// The version of this executable, and so of all its roles.
public enum BasculeVersion {
    public static let current = "0.1.0"
}
