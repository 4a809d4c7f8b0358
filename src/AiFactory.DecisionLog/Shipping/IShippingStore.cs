namespace AiFactory.DecisionLog.Shipping;

/// <summary>
/// Where logs are shipped to: objects by path, shared by all silos. Calls block; who calls has a thread for it. Any of them may fail with any exception, and a put that
/// failed may still come true, once, twice, or later.
/// </summary>
public interface IShippingStore
{
    /// <summary>Where it is, for messages.</summary>
    string Place { get; }

    /// <summary>Writes an object unless one is there; false when one is.</summary>
    bool PutIfAbsent(string path, ReadOnlyMemory<byte> bytes);

    /// <summary>Writes or replaces an object.</summary>
    void Put(string path, ReadOnlyMemory<byte> bytes);

    /// <summary>All bytes of an object; null when there is none.</summary>
    byte[]? Read(string path);

    /// <summary>Paths of the objects under a folder, in ordinal order.</summary>
    /// <param name="after">Only paths after this one; need not exist. Empty: all.</param>
    IReadOnlyList<string> List(string folder, string after);

    /// <summary>Names of the folders directly in a folder, in ordinal order.</summary>
    IReadOnlyList<string> ListFolders(string folder);

    void Delete(string path);
}
