using AiFactory.Engines.Native;
using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Native;

/// <summary>Loads libtorch once, tuned for a machine whose cores are shared.</summary>
internal static class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static bool _started;

    /// <summary>Idempotent and safe for several threads; must come before any other use of TorchSharp.</summary>
    public static void Start()
    {
        lock (Gate)
        {
            if (_started)
            {
                return;
            }

            NativeEnvironment.WaitPassively();
            NativeEnvironment.ComputeReproducibly();
            InitializeDeviceType(TorchSharp.DeviceType.CPU);
            set_num_threads(1);
            _started = true;
        }
    }
}
