using System.Globalization;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Models;

/// <summary>What a model version must show before it may be deployed.</summary>
/// <param name="AucMin">Smallest holdout AUC, 0 to 1.</param>
/// <param name="OnnxDifferenceMax">Largest absolute difference between the trained module's scores and the exported graph's.</param>
public sealed record ModelGate(double AucMin = 0.6, double OnnxDifferenceMax = 1e-5)
{
    /// <summary>Judges an evaluation. A version without one (imported) may be deployed once a worker ran it; the findings say what was tried and what was not.</summary>
    /// <param name="checks">What an import tried and found well.</param>
    public GateReport Judge(Evaluation? evaluation, IReadOnlyList<string>? checks = null)
    {
        if (evaluation is null)
            return new GateReport(true, [.. checks ?? [], "Not checked: quality and parity, because an imported model has no evaluation."]);

        // NaN fails both comparisons, as it should.
        var good = evaluation.Auc.Value >= AucMin;
        var same = evaluation.OnnxMaxAbsDifference <= OnnxDifferenceMax;
        return new GateReport(good && same,
        [
            string.Create(CultureInfo.InvariantCulture,
                $"Holdout AUC {evaluation.Auc.Value:0.0000} {(good ? "reaches" : "is below")} the least allowed {AucMin:0.0000}."),
            string.Create(CultureInfo.InvariantCulture,
                $"ONNX differs from the trained module by at most {evaluation.OnnxMaxAbsDifference:0.0e+0}, {(same ? "within" : "over")} {OnnxDifferenceMax:0.0e+0}."),
        ]);
    }
}
