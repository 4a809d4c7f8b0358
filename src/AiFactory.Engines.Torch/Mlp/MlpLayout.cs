using AiFactory.Domain.Statistics;
using AiFactory.Engines.Training;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>One weight tensor's place in the flat parameter vector.</summary>
/// <param name="Offset">In elements.</param>
/// <param name="FanIn">Inputs that a unit sums over; 0 for an embedding table.</param>
internal sealed record ParameterSlot(string Name, long[] Shape, int Offset, int FanIn)
{
    public int Length { get; } = checked((int)Shape.Aggregate(1L, (product, dimension) => product * dimension));
}

/// <summary>The network's shape: embedding tables, then weight and bias of three linear layers, one behind the other in one vector.</summary>
internal sealed class MlpLayout
{
    private const ulong WeightStream = 0x4D4C_5057_0000_0001;
    private const double EmbeddingDeviation = 0.1;

    private readonly List<ParameterSlot> _slots = [];

    public MlpLayout(TableFit fit, MlpSettings settings)
    {
        Numeric = fit.Numeric.Count;
        Embeddings = fit.Categorical.Count;
        var width = Numeric;
        foreach (var column in fit.Categorical)
        {
            var embedding = settings.EmbeddingWidth(column.Vocabulary.Length);
            Add($"embedding.{column.Column.Name}", [column.Vocabulary.Length + 1, embedding], 0);
            width += embedding;
        }

        AddLinear("hidden1", width, settings.Hidden1);
        AddLinear("hidden2", settings.Hidden1, settings.Hidden2);
        AddLinear("output", settings.Hidden2, 1);
    }

    /// <summary>Numeric inputs.</summary>
    public int Numeric { get; }

    /// <summary>Embedding tables; their slots come first.</summary>
    public int Embeddings { get; }

    public IReadOnlyList<ParameterSlot> Slots => _slots;

    /// <summary>Parameters in all.</summary>
    public int Length { get; private set; }

    /// <summary>
    /// Starting weights: linear layers uniform within 1/sqrt(fan-in), embeddings normal with deviation 0.1 and row 0, the unknown value, zero.
    /// Drawn by the product's own generator, so that torch's global one is neither used nor disturbed.
    /// </summary>
    public float[] Initialise(int seed)
    {
        var weights = new float[Length];
        var random = SeededRandom.Of(seed, WeightStream);
        foreach (var slot in _slots)
        {
            var values = weights.AsSpan(slot.Offset, slot.Length);
            var bound = slot.FanIn == 0 ? 0 : 1 / Math.Sqrt(slot.FanIn);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = slot.FanIn == 0
                    ? (i < slot.Shape[1] ? 0 : (float)(EmbeddingDeviation * Normal(random)))
                    : (float)(bound * ((2 * random.NextDouble()) - 1));
            }
        }

        return weights;
    }

    /// <summary>Standard normal by Box and Muller's transform.</summary>
    private static double Normal(SeededRandom random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private void AddLinear(string name, int inputs, int outputs)
    {
        Add($"{name}.weight", [outputs, inputs], inputs);
        Add($"{name}.bias", [outputs], inputs);
    }

    private void Add(string name, long[] shape, int fanIn)
    {
        var slot = new ParameterSlot(name, shape, Length, fanIn);
        _slots.Add(slot);
        Length = checked(Length + slot.Length);
    }
}
