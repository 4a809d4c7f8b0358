using AiFactory.Domain.Ensembles.BuiltIns;
using AiFactory.Engines.Ensembles.Kernels;

namespace AiFactory.Engines.Ensembles;

/// <summary>The computation that belongs to each built-in step.</summary>
public static class StepKernels
{
    public static IStepKernel Of(BuiltInStep step) => step switch
    {
        NormaliseStep normalise => new NormaliseKernel(normalise),
        ThresholdStep threshold => new ThresholdKernel(threshold),
        SoftmaxStep => new SoftmaxKernel(),
        ArgmaxStep => new ArgmaxKernel(),
        TopKStep top => new TopKKernel(top),
        LabelStep label => new LabelKernel(label),
        TokeniseStep tokenise => new TokeniseKernel(tokenise),
        ResizeStep resize => new ResizeKernel(resize),
        PadStep pad => new PadKernel(pad),
        CropBoxesStep crop => new CropBoxesKernel(crop),
        CtcDecodeStep decode => new CtcDecodeKernel(decode),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step.GetType().Name, "A built-in step without a kernel."),
    };
}
