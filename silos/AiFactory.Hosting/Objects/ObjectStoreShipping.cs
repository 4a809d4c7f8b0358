using AiFactory.DecisionLog.Shipping;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Hosting.Objects;

/// <summary>Decision logs go where the other objects are.</summary>
internal sealed class ObjectStoreShipping(IObjectStore objects) : IShippingStore
{
    public string Place => objects.Place;

    public bool PutIfAbsent(string path, ReadOnlyMemory<byte> bytes) => Wait(() => objects.PutIfAbsent(path, bytes, CancellationToken.None));

    public void Put(string path, ReadOnlyMemory<byte> bytes) => Wait(async () =>
    {
        await objects.Put(path, bytes, CancellationToken.None);
        return true;
    });

    public byte[]? Read(string path) => Wait(() => objects.TryRead(path, CancellationToken.None));

    public IReadOnlyList<string> List(string folder, string after) => objects.List(folder, after);

    public IReadOnlyList<string> ListFolders(string folder) => objects.ListFolders(folder);

    public void Delete(string path) => objects.Delete(path);

    // Away from the caller's scheduler, which may be a grain's.
    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
