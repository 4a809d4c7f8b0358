using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Catalogs;

/// <summary>Names of one kind of thing a tenant owns, in the order they came.</summary>
[GenerateSerializer, Alias("aifactory.catalog-state")]
internal sealed class CatalogState
{
    [Id(0)]
    public string[] Names { get; set; } = [];
}

internal static class Catalog
{
    /// <summary>Adds a name; one that is there is no effect.</summary>
    public static Task Add(this IPersistentState<CatalogState> catalog, string name) =>
        catalog.State.Names.Contains(name) ? Task.CompletedTask : catalog.Save(new CatalogState { Names = [.. catalog.State.Names, name] });

    public static Task<IReadOnlyList<string>> List(this IPersistentState<CatalogState> catalog) =>
        Task.FromResult<IReadOnlyList<string>>(catalog.State.Names);
}
