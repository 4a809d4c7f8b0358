using System.Globalization;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>Each kind has names of its own, so that a growing part that is removed late is never a finished one.</summary>
internal enum PartKind
{
    /// <summary>Of a segment that may still grow: goes once a larger one holds the same.</summary>
    Growing = 0,

    /// <summary>Of a closed-off segment; never goes.</summary>
    Whole = 1,

    /// <summary>Holds nothing; its name says where the segment ends, and that it lies before it in whole parts, each of them read back.</summary>
    End = 2,
}

/// <summary>
/// A shipped stretch of a log: whole frames of one segment. Its name says all of this, so that a listing tells what was shipped; and since bytes at an address never
/// change, one name never stands for two contents.
/// </summary>
/// <param name="Base">Base address of the segment.</param>
/// <param name="From">Address of its first frame.</param>
/// <param name="To">Address just after its last frame.</param>
internal readonly record struct LogPart(long Base, long From, long To, PartKind Kind)
{
    private const string Root = "logs";
    private const string BeginName = "begin";
    private const int Digits = 14;
    private const int NameLength = (2 * Digits) + 1;
    private static readonly string[] Extensions = [".part", ".whole", ".end"];

    public long Bytes => To - From;

    public static string RootFolder => Root;

    public static string LogFolder(string log) => $"{Root}/{log}";

    public static string SegmentFolder(string log, long segmentBase) => $"{Root}/{log}/{Hex(segmentBase)}";

    /// <summary>An object that says: a silo of this name began to write at this address.</summary>
    public static string BeginPath(string log, long segmentBase) => $"{SegmentFolder(log, segmentBase)}/{BeginName}";

    public string Path(string log) => $"{SegmentFolder(log, Base)}/{Hex(From)}-{Hex(To)}{Extensions[(int)Kind]}";

    /// <returns>Null when the path is not a part's.</returns>
    public static LogPart? Parse(string path)
    {
        var steps = path.Split('/');
        if (steps.Length < 2)
        {
            return null;
        }

        var (name, kind) = (System.IO.Path.GetFileNameWithoutExtension(steps[^1]), Array.IndexOf(Extensions, System.IO.Path.GetExtension(steps[^1])));
        return name.Length == NameLength && name[Digits] == '-' && kind >= 0
            && TryHex(steps[^2], out var segmentBase) && TryHex(name[..Digits], out var from) && TryHex(name[(Digits + 1)..], out var to)
            && segmentBase < from && from <= to
                ? new LogPart(segmentBase, from, to, (PartKind)kind)
                : null;
    }

    public bool Covers(LogPart other) => Base == other.Base && From <= other.From && To >= other.To;

    private static string Hex(long address) => address.ToString("x14", CultureInfo.InvariantCulture);

    private static bool TryHex(string text, out long address) =>
        long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address) && text.Length == Digits;
}
