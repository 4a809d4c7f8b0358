using ParquetSharp;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>The values of one column while a row group is gathered; nulls only in the levels, as Parquet keeps them.</summary>
internal abstract class ColumnBuilder
{
    private const int CapacityMin = 1024;
    private short[] levels = new short[CapacityMin];

    /// <summary>Rows held, nulls included.</summary>
    public int Rows { get; private set; }

    /// <summary>Values held, without nulls.</summary>
    public int Count { get; private set; }

    public int Nulls => Rows - Count;

    protected ReadOnlySpan<short> Levels => levels.AsSpan(0, Rows);

    public void AppendNull() => AppendLevel(0);

    /// <summary>Takes back the last row.</summary>
    public void RemoveLast()
    {
        if (levels[--Rows] == 1) Count--;
    }

    public void Clear() => (Rows, Count) = (0, 0);

    /// <summary>Writes what is held as the row group's next column.</summary>
    public abstract void Write(RowGroupWriter rowGroup);

    protected void AppendValueLevel()
    {
        AppendLevel(1);
        Count++;
    }

    protected static void Reserve<T>(ref T[] array, int count)
    {
        if (count > array.Length) Array.Resize(ref array, Math.Max(Math.Max(CapacityMin, array.Length * 2), count));
    }

    private void AppendLevel(short level)
    {
        if (Rows == levels.Length) Reserve(ref levels, Rows + 1);
        levels[Rows++] = level;
    }
}

/// <summary>Integers, numbers, booleans, and timestamps as microseconds.</summary>
internal sealed class ValueBuilder<T> : ColumnBuilder
    where T : unmanaged
{
    private T[] values = [];

    public ReadOnlySpan<T> Values => values.AsSpan(0, Count);

    public void Append(T value)
    {
        if (Count == values.Length) Reserve(ref values, Count + 1);
        values[Count] = value;
        AppendValueLevel();
    }

    public override void Write(RowGroupWriter rowGroup)
    {
        using var column = (ColumnWriter<T>)rowGroup.NextColumn();
        column.WriteBatch(Rows, Levels, default, Values);
    }
}

/// <summary>Text as UTF-8 in one array, so that a row group of strings is no strings.</summary>
internal sealed class TextBuilder : ColumnBuilder
{
    private byte[] bytes = [];
    private (int Start, int Length)[] texts = [];

    /// <summary>Bytes of text held.</summary>
    public int Bytes => Count == 0 ? 0 : texts[Count - 1].Start + texts[Count - 1].Length;

    public void Append(ReadOnlySpan<byte> text)
    {
        var start = Bytes;
        Reserve(ref bytes, start + text.Length);
        text.CopyTo(bytes.AsSpan(start));
        AppendSpan((start, text.Length));
    }

    /// <summary>Appends the value appended last once more, without more memory for its text.</summary>
    public void Repeat() => AppendSpan(texts[Count - 1]);

    public override unsafe void Write(RowGroupWriter rowGroup)
    {
        using var column = (ColumnWriter<ByteArray>)rowGroup.NextColumn();
        fixed (byte* first = bytes)
        {
            // Not null even when every text is empty: the writer reads no byte then, but does check.
            byte none = 0;
            var from = first == null ? &none : first;
            var pointers = new ByteArray[Count];
            for (var i = 0; i < pointers.Length; i++) pointers[i] = new ByteArray((nint)(from + texts[i].Start), texts[i].Length);
            column.WriteBatch(Rows, Levels, default, pointers);
        }
    }

    private void AppendSpan((int Start, int Length) text)
    {
        if (Count == texts.Length) Reserve(ref texts, Count + 1);
        texts[Count] = text;
        AppendValueLevel();
    }
}
