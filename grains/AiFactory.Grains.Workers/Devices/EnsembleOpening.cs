using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Refusals;
using AiFactory.Engines.Ensembles;
using AiFactory.Engines.Inference;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Opens an ensemble: each of its models once, then the whole of them as one.</summary>
internal static class EnsembleOpening
{
    /// <param name="open">Opens the model of a step.</param>
    /// <exception cref="RefusedException">What <paramref name="open"/> refuses, or <c>ensemble-invalid</c>: a member is not what it was when it was composed.</exception>
    public static LoadedModel Open(EnsembleSpec spec, Func<EnsembleStep, LoadedModel> open)
    {
        var opened = new Dictionary<string, LoadedModel>(StringComparer.Ordinal);
        try
        {
            var models = new Dictionary<string, IInferenceModel>(StringComparer.Ordinal);
            foreach (var step in spec.Steps.Where(step => step.Model is not null))
            {
                if (!opened.TryGetValue(step.Sha256!, out var member))
                {
                    opened[step.Sha256!] = member = open(step);
                }

                models[step.Name] = member.Model;
            }

            var plan = EnsemblePlanner.Plan(spec, models.ToDictionary(model => model.Key, model => model.Value.Signature)).OrThrow();
            return new(new EnsembleModel(plan, models), opened.Values.Sum(member => member.Bytes), []);
        }
        catch
        {
            foreach (var member in opened.Values)
            {
                member.Model.Dispose();
            }

            throw;
        }
    }
}
