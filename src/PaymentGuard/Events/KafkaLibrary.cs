using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace PaymentGuard.Events;

/// <summary>Lets the Kafka client find the distribution's librdkafka, which takes the place of the native package.</summary>
internal static class KafkaLibrary
{
    private const string ImportName = "librdkafka", FileName = "librdkafka.so.1";

    private static readonly Lock Once = new();
    private static bool loaded;

    /// <summary>To be called before the first client is made; again it does nothing.</summary>
    /// <exception cref="DllNotFoundException">The library is not installed; the message says how it is.</exception>
    public static void Use()
    {
        lock (Once)
        {
            if (loaded) return;
            if (!NativeLibrary.TryLoad(FileName, out _))
                throw new DllNotFoundException($"{FileName} was not found. Debian and Ubuntu have it in the package librdkafka1.");
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
            loaded = true;
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == ImportName ? NativeLibrary.Load(FileName) : IntPtr.Zero;
}
