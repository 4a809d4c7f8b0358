using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Shadows;
using AiFactory.Gateway.Fakes;

namespace AiFactory.Gateway.Shadows;

public sealed class OutputComparisonTests
{
    [Fact]
    public void Compare_TwoClassModels_AgreeByLabelEachAtItsThreshold()
    {
        var comparison = new OutputComparison(Model(new("p", "no", "yes"), Fp32("p", 1)), Model(new("q", "no", "yes", 0.3), Fp32("q", 1)));

        var figures = comparison.Compare(3, Singles(0.6f, 0.4f, 0.1f), Singles(0.5f, 0.4f, 0.1f));

        Assert.Equal(AgreementMeasure.Label, comparison.Measure);
        Assert.Equal((3L, 2L, 0L, 3L), (figures.Rows, figures.RowsAgreed, figures.RowsIdentical, figures.Numbers));
        Assert.Equal(0.1, figures.DifferenceMax, 6);
        Assert.True(comparison.Positive(1, Singles(0.35f)));
        Assert.Null(comparison.Positive(2, Singles(0.35f, 0.1f)));
    }

    [Theory]
    [InlineData(new[] { 0.1f, 0.7f, 0.2f }, 1)]
    [InlineData(new[] { 0.7f, 0.1f, 0.2f }, 0)]
    [InlineData(new[] { 0.5f, 0.5f, 0.5f }, 0)]
    [InlineData(new[] { float.NaN, float.NaN, float.NaN }, 0)]
    public void Compare_OneVector_AgreesByItsLargestElement(float[] shadow, int agreed)
    {
        var model = Model(null, new("label", TensorDataType.Int64, [1]), Fp32("p", 3));
        var comparison = new OutputComparison(model, model);

        var figures = comparison.Compare(1, [.. new byte[8], .. Singles(0.2f, 0.6f, 0.2f)], [.. new byte[8], .. Singles(shadow)]);

        Assert.Equal(AgreementMeasure.Argmax, comparison.Measure);
        Assert.Equal(agreed, figures.RowsAgreed);
        Assert.True(double.IsFinite(figures.DifferenceSum) && double.IsFinite(figures.DifferenceMax));
        Assert.Equal(float.IsNaN(shadow[0]) ? 1 : 4, figures.Numbers);
    }

    [Fact]
    public void Compare_ScalarsAndSeveralTensors_GiveDifferences()
    {
        var model = Model(null, Fp32("a", 1), new("b", TensorDataType.Fp64, [2]), new("c", TensorDataType.Fp16, [1]));
        var comparison = new OutputComparison(model, model);
        byte[] given = [.. Singles(1), .. BitConverter.GetBytes(2.0), .. BitConverter.GetBytes(3.0), .. BitConverter.GetBytes((Half)4)];
        byte[] shadow = [.. Singles(1.5f), .. BitConverter.GetBytes(2.0), .. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes((Half)4)];

        var figures = comparison.Compare(2, [.. given, .. given], [.. shadow, .. given]);

        Assert.Equal(AgreementMeasure.Difference, comparison.Measure);
        Assert.Equal((2L, 1L, 1L, 8L, 2.5, 2.0), (figures.Rows, figures.RowsAgreed, figures.RowsIdentical, figures.Numbers, figures.DifferenceSum, figures.DifferenceMax));
    }

    [Fact]
    public void Compare_TextAndWholeNumbers_AgreeByTheirBytes()
    {
        var model = Model(null, new("name", TensorDataType.Bytes, [1]), new("id", TensorDataType.Int32, [1]));
        var comparison = new OutputComparison(model, model);
        byte[] given = [1, 0, 0, 0, (byte)'a', 7, 0, 0, 0];
        byte[] shadow = [2, 0, 0, 0, (byte)'a', (byte)'b', 9, 0, 0, 0];

        var figures = comparison.Compare(2, [.. given, .. given], [.. given, .. shadow]);

        Assert.Equal(AgreementMeasure.Bytes, comparison.Measure);
        Assert.Equal((2L, 1L, 2L, 2.0), (figures.Rows, figures.RowsAgreed, figures.Numbers, figures.DifferenceMax));
    }

    [Fact]
    public void Compare_RowsOfOtherLength_DifferWithoutNumbers()
    {
        var model = Model(null, new TensorSpec("y", TensorDataType.Fp32, [-1]));
        var comparison = new OutputComparison(model, model);

        var figures = comparison.Compare(2, [2, 0, 0, 0, .. Singles(1, 2), 1, 0, 0, 0, .. Singles(5)], [1, 0, 0, 0, .. Singles(1), 1, 0, 0, 0, .. Singles(6)]);

        Assert.Equal(AgreementMeasure.Argmax, comparison.Measure);
        Assert.Equal((0L, 1L, 1L, 1.0), (figures.RowsIdentical, figures.RowsAgreed, figures.Numbers, figures.DifferenceMax));
        Assert.Throws<InvalidDataException>(() => comparison.Compare(1, [2, 0, 0, 0], [2, 0, 0, 0]));
    }

    private static TensorSpec Fp32(string name, int elements) => new(name, TensorDataType.Fp32, [elements]);

    private static VariantRoute Model(BinaryClasses? classes, params TensorSpec[] outputs) => Routes.Variant("v", new("default", "m", 1), 0, 1, new([Fp32("x", 1)], outputs), classes);

    private static byte[] Singles(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
