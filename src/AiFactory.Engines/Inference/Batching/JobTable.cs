namespace AiFactory.Engines.Inference.Batching;

/// <summary>Jobs by the id of their message: chained buckets through the jobs themselves, so that no entry allocates. Used under the device's lock.</summary>
internal sealed class JobTable
{
    private InferenceJob?[] _buckets = new InferenceJob?[64];

    public int Count { get; private set; }

    public void Add(InferenceJob job)
    {
        if (Count++ == _buckets.Length)
        {
            Grow();
        }

        ref var bucket = ref Bucket(job.MessageId);
        (job.NextById, bucket) = (bucket, job);
    }

    /// <summary>A job of that message and of a model of that name, or null.</summary>
    public InferenceJob? Find(string model, long messageId)
    {
        var job = Bucket(messageId);
        while (job is not null && (job.MessageId != messageId || job.Model.Name != model))
        {
            job = job.NextById;
        }

        return job;
    }

    /// <summary>Without effect when the job is not in the table.</summary>
    public void Remove(InferenceJob job)
    {
        ref var link = ref Bucket(job.MessageId);
        while (link is not null)
        {
            if (link == job)
            {
                (link, job.NextById) = (job.NextById, null);
                Count--;
                return;
            }

            link = ref link.NextById;
        }
    }

    private ref InferenceJob? Bucket(long messageId) => ref _buckets[(int)messageId & (_buckets.Length - 1)];

    private void Grow()
    {
        var old = _buckets;
        _buckets = new InferenceJob?[old.Length * 2];
        foreach (var first in old)
        {
            for (var job = first; job is not null;)
            {
                var next = job.NextById;
                ref var bucket = ref Bucket(job.MessageId);
                (job.NextById, bucket) = (bucket, job);
                job = next;
            }
        }
    }
}
