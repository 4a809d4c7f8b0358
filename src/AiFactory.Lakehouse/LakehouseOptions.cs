using AiFactory.Lakehouse.Objects.S3;

namespace AiFactory.Lakehouse;

/// <summary>Limits of the lakehouse. The memory of one ingestion is at most about three batches, one line, and the keys in memory.</summary>
public sealed record LakehouseOptions
{
    /// <summary>The folder of the object store; where objects are in a bucket, the folder for unfinished work and for copies of what is read. Required.</summary>
    public required string RootFolder { get; init; }

    /// <summary>The bucket that holds the objects. Default none: they are in <see cref="RootFolder"/>.</summary>
    public S3Options? S3 { get; init; }

    /// <summary>Most rows of a Parquet row group. Default 131,072.</summary>
    public int RowGroupRowsMax { get; init; } = 128 * 1024;

    /// <summary>Most bytes of values held for a row group before it is written. Default 64 MiB.</summary>
    public int RowGroupBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Rows after which another Parquet file is begun. Default 1,048,576.</summary>
    public long FileRowsMax { get; init; } = 1024 * 1024;

    /// <summary>Most bytes of one CSV record, quoted line breaks included. Default 1 MiB.</summary>
    public int LineBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Most bytes of a CSV header. Default 512 KiB.</summary>
    public int HeaderBytesMax { get; init; } = 512 * 1024;

    /// <summary>
    /// Unique values held in memory, over all unique columns, at 16 to 48 bytes each; further ones are sorted to disk and cost
    /// 1.4 bytes of memory each. Default 1,048,576.
    /// </summary>
    public int UniqueKeysInMemoryMax { get; init; } = 1024 * 1024;

    /// <summary>DuckDB's memory limit. Default 512 MiB.</summary>
    public int DuckDbMemoryMebibytesMax { get; init; } = 512;

    /// <summary>DuckDB's threads. Default: 2, or 1 where there is one processor.</summary>
    public int DuckDbThreads { get; init; } = Math.Min(2, Environment.ProcessorCount);

    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    internal LakehouseOptions Validated()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(RootFolder);
        S3?.Validate();
        Positive(RowGroupRowsMax, nameof(RowGroupRowsMax));
        Positive(RowGroupBytesMax, nameof(RowGroupBytesMax));
        Positive(FileRowsMax, nameof(FileRowsMax));
        Positive(LineBytesMax, nameof(LineBytesMax));
        Positive(HeaderBytesMax, nameof(HeaderBytesMax));
        Positive(UniqueKeysInMemoryMax, nameof(UniqueKeysInMemoryMax));
        Positive(DuckDbMemoryMebibytesMax, nameof(DuckDbMemoryMebibytesMax));
        Positive(DuckDbThreads, nameof(DuckDbThreads));
        return this;
    }

    private static void Positive(long value, string option)
    {
        if (value < 1) throw new ArgumentException($"{nameof(LakehouseOptions)}.{option} is {value}; set it to 1 or more.");
    }
}
