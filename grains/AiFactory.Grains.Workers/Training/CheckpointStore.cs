using System.Globalization;
using AiFactory.Domain.Training;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Grains.Workers.Training;

/// <summary>A run's checkpoints in the object store. The last two are kept: the newest may not have been reported yet.</summary>
internal sealed class CheckpointStore(IObjectStore objects, TrainingRunKey run)
{
    /// <exception cref="FileNotFoundException">There is none of that epoch.</exception>
    public byte[] Read(int epoch)
    {
        using var stream = objects.OpenRead(Path(epoch));
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public async Task Write(int epoch, byte[] bytes, CancellationToken cancellation)
    {
        await objects.Put(Path(epoch), bytes, cancellation);
        if (epoch > 2 && objects.Exists(Path(epoch - 2)))
        {
            objects.Delete(Path(epoch - 2));
        }
    }

    private string Path(int epoch) => string.Create(CultureInfo.InvariantCulture, $"checkpoints/{run.Tenant}/{run.RunId}/{epoch}.ckpt");
}
