namespace AiFactory.Engines.Ensembles;

/// <summary>The computation of a built-in step. One thread at a time.</summary>
public interface IStepKernel
{
    /// <summary>Computes all rows of a batch.</summary>
    /// <param name="inputs">In the order of the step's inputs, all with as many rows.</param>
    /// <param name="outputs">Empty; in the order of the step's outputs. All get as many rows.</param>
    /// <param name="counts">Of a step that makes many rows out of one: takes how many it made of each input row. Others leave it alone.</param>
    void Run(IReadOnlyList<StepRows> inputs, IReadOnlyList<StepRows> outputs, List<int> counts);
}
