using AiFactory.Domain.Refusals;

namespace AiFactory.Engines.Training;

/// <summary>What every trainer asks of a task before it starts.</summary>
public static class TrainableTask
{
    /// <exception cref="RefusedException">
    /// <c>features-missing</c>: no column to learn from; <c>dataset-too-small</c>: no rows to learn from or to judge by; <c>label-one-class</c>: the training
    /// rows are all of one class.
    /// </exception>
    public static void Require(TrainingTask task)
    {
        if (task.Table.Features.Count == 0)
        {
            throw Refused("features-missing", "There is no column to learn from.", "Ingest a dataset with more columns than the label.");
        }

        if (task.TrainRows.Length == 0 || task.HoldoutRows.Length == 0)
        {
            throw Refused("dataset-too-small", $"{task.TrainRows.Length} rows to learn from and {task.HoldoutRows.Length} to judge by are too few.",
                "Ingest more rows, or choose another holdout fraction.");
        }

        var first = task.Table.Labels[task.TrainRows[0]];
        if (Array.TrueForAll(task.TrainRows, row => task.Table.Labels[row] == first))
        {
            throw Refused("label-one-class",
                $"All {task.TrainRows.Length} training rows have the label '{(first ? task.Table.PositiveClass : task.Table.NegativeClass)}'.",
                "Ingest more rows of the other class, or choose another seed for the split.");
        }

        RefusedException Refused(string code, string what, string mend) =>
            new(new Refusal(code, RefusalKind.Unprocessable, what, task.Table.LabelColumn, mend));
    }
}
