using System.Buffers.Binary;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Shadows;
using AiFactory.Engines.Inference;

namespace AiFactory.Gateway.Shadows;

/// <summary>Holds a shadow's outputs against those given, by the measure that suits them.</summary>
internal sealed class OutputComparison
{
    private readonly VariantRoute _given;
    private readonly VariantRoute _shadow;
    private readonly bool _sameTensors;
    private readonly int _vector;

    public OutputComparison(VariantRoute given, VariantRoute shadow)
    {
        (_given, _shadow) = (given, shadow);
        var outputs = given.Signature.Outputs;
        _sameTensors = outputs.Count == shadow.Signature.Outputs.Count
            && outputs.Zip(shadow.Signature.Outputs).All(pair => pair.First.Name == pair.Second.Name && pair.First.DataType == pair.Second.DataType && pair.First.RowShape.SequenceEqual(pair.Second.RowShape));
        int[] floating = [.. Enumerable.Range(0, outputs.Count).Where(i => IsFloating(outputs[i].DataType))];
        _vector = floating is [var only] && outputs[only].RowShape is [not 1] ? only : -1;
        Measure = given.Classes is not null && shadow.Classes is not null ? AgreementMeasure.Label
            : _vector >= 0 ? AgreementMeasure.Argmax
            : floating.Length > 0 ? AgreementMeasure.Difference : AgreementMeasure.Bytes;
    }

    public AgreementMeasure Measure { get; }

    /// <summary>What the packed outputs of so many rows have in common; all other figures are 0.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside a row.</exception>
    public ShadowFigures Compare(int rows, ReadOnlySpan<byte> given, ReadOnlySpan<byte> shadow)
    {
        var sum = default(Sum);
        var (mine, theirs) = (PackedRows.Outputs(_given.Signature), PackedRows.Outputs(_shadow.Signature));
        for (var row = 0; row < rows; row++)
        {
            var a = given[..mine.FirstRowLength(given)];
            var b = shadow[..theirs.FirstRowLength(shadow)];
            given = given[a.Length..];
            shadow = shadow[b.Length..];
            var identical = _sameTensors && a.SequenceEqual(b);
            sum.Identical += identical ? 1 : 0;
            sum.Agreed += Measure switch
            {
                AgreementMeasure.Label => Label(_given, a) == Label(_shadow, b),
                AgreementMeasure.Argmax => Largest(Tensor(_given, _vector, a)) == Largest(Tensor(_shadow, _vector, b)),
                _ => identical,
            } ? 1 : 0;
            if (_sameTensors)
            {
                AddDifferences(a, b, ref sum);
            }
            else
            {
                sum.Add(Score(_given, a), Score(_shadow, b));
            }
        }

        return ShadowFigures.None with
        {
            Rows = rows,
            RowsAgreed = sum.Agreed,
            RowsIdentical = sum.Identical,
            Numbers = sum.Numbers,
            DifferenceSum = sum.Differences,
            DifferenceMax = sum.Largest,
        };
    }

    /// <summary>Whether the shadow's answer is its positive class; null for one that is no class.</summary>
    public bool? Positive(int rows, ReadOnlySpan<byte> shadow) => _shadow.Classes is not null && rows == 1 ? Label(_shadow, shadow) : null;

    private static bool IsFloating(TensorDataType type) => type is TensorDataType.Fp16 or TensorDataType.Fp32 or TensorDataType.Fp64;

    private static bool Label(VariantRoute model, ReadOnlySpan<byte> row) => Score(model, row) >= model.Classes!.Threshold;

    private static double Score(VariantRoute model, ReadOnlySpan<byte> row)
    {
        var outputs = model.Signature.Outputs;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Name == model.Classes!.Output)
            {
                var score = Tensor(model, i, row);
                return score.Elements > 0 && outputs[i].DataType != TensorDataType.Bytes ? score[0] : double.NaN;
            }
        }

        return double.NaN;
    }

    private static Numbers Tensor(VariantRoute model, int index, ReadOnlySpan<byte> row)
    {
        var outputs = model.Signature.Outputs;
        for (var i = 0; i < index; i++)
        {
            row = row[PackedRows.TensorLength(outputs[i], row)..];
        }

        return new(outputs[index].DataType, PackedRows.Elements(outputs[index], row), row[PackedRows.ShapeBytes(outputs[index])..]);
    }

    // The place of the largest element, as ONNX's ArgMax has it: the first one where several are; NaN is never it. -1 where there is none.
    private static int Largest(Numbers vector)
    {
        var (place, largest) = (-1, double.NegativeInfinity);
        for (var i = 0; i < vector.Elements; i++)
        {
            if (vector[i] > largest || (place < 0 && vector[i] == largest))
            {
                (place, largest) = (i, vector[i]);
            }
        }

        return place;
    }

    private void AddDifferences(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ref Sum sum)
    {
        foreach (var tensor in _given.Signature.Outputs)
        {
            var (lengthA, lengthB) = (PackedRows.TensorLength(tensor, a), PackedRows.TensorLength(tensor, b));
            if (tensor.DataType is not (TensorDataType.Bytes or TensorDataType.Bool) && PackedRows.Elements(tensor, a) is var elements && elements == PackedRows.Elements(tensor, b))
            {
                var shape = PackedRows.ShapeBytes(tensor);
                var numbersA = new Numbers(tensor.DataType, elements, a[shape..]);
                var numbersB = new Numbers(tensor.DataType, elements, b[shape..]);
                for (var i = 0; i < elements; i++)
                {
                    sum.Add(numbersA[i], numbersB[i]);
                }
            }

            a = a[lengthA..];
            b = b[lengthB..];
        }
    }

    /// <summary>Elements of a tensor's row, as far as doubles can hold them.</summary>
    private readonly ref struct Numbers(TensorDataType type, int elements, ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Elements => elements;

        public double this[int index]
        {
            get
            {
                var at = _bytes[(index * PackedRows.ElementBytes(type))..];
                return type switch
                {
                    TensorDataType.Fp16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
                    TensorDataType.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(at),
                    TensorDataType.Fp64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
                    TensorDataType.Int8 => (sbyte)at[0],
                    TensorDataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
                    TensorDataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
                    TensorDataType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(at),
                    TensorDataType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(at),
                    TensorDataType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
                    TensorDataType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(at),
                    _ => at[0],
                };
            }
        }
    }

    private struct Sum
    {
        public long Agreed;
        public long Identical;
        public long Numbers;
        public double Differences;
        public double Largest;

        // Where either is no number there is no difference to speak of: the row is then not identical, unless both are the same.
        public void Add(double a, double b)
        {
            var difference = Math.Abs(a - b);
            if (double.IsFinite(difference))
            {
                (Numbers, Differences, Largest) = (Numbers + 1, Differences + difference, Math.Max(Largest, difference));
            }
        }
    }
}
