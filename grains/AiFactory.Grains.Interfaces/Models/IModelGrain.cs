using AiFactory.Domain.Models;

namespace AiFactory.Grains.Models;

/// <summary>A model: the line of its versions. Key: <see cref="ModelKey"/>.</summary>
[Alias("aifactory.model"), Version(1)]
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>Numbers and keeps a new version; the same registration id again gives the same version.</summary>
    [Alias("Register")]
    Task<ModelVersion> Register(RegisterModelVersion command);

    [Alias("Get")]
    Task<Model> Get();

    /// <param name="version">Null: the newest.</param>
    [Alias("GetVersion")]
    Task<ModelVersion> GetVersion(int? version);
}

/// <summary>One immutable model version. Key: <see cref="ModelVersionKey"/>.</summary>
[Alias("aifactory.model-version"), Version(1)]
public interface IModelVersionGrain : IGrainWithStringKey
{
    /// <summary>Sets the version once; again with the same content is no effect.</summary>
    [Alias("Create")]
    Task<ModelVersion> Create(ModelVersion version);

    [Alias("Get")]
    Task<ModelVersion> Get();
}

/// <summary>All model names of a tenant. Key: tenant.</summary>
[Alias("aifactory.model-catalog"), Version(1)]
public interface IModelCatalogGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task Add(string name);

    [Alias("List")]
    Task<IReadOnlyList<string>> List();
}
