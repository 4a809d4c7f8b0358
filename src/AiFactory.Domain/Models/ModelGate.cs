using System.Globalization;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Models;

/// <summary>What a model version must show before it may be deployed.</summary>
/// <param name="AucMin">Smallest holdout AUC, 0 to 1.</param>
/// <param name="OnnxDifferenceMax">Largest absolute difference between the trained module's scores and the exported graph's.</param>
public sealed record ModelGate(double AucMin = 0.6, double OnnxDifferenceMax = 1e-5)
{
    /// <summary>Judges an evaluation; a version without one (imported) passes, and a finding says so.</summary>
    public GateReport Judge(Evaluation? evaluation)
    {
        if (evaluation is null)
            return new GateReport(true, ["No evaluation: the model was imported, so quality and parity were not checked."]);

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
