using Xunit.Sdk;
using Xunit.v3;

// Every test here starts real processes that want the whole machine: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
