namespace PaymentGuard.Domain.Rules;

/// <summary>What is known of one signal.</summary>
public enum SignalState : byte
{
    /// <summary>The payment does not tell it, or it does not exist (an average of nothing).</summary>
    Missing = 0,
    Known = 1,
    /// <summary>It could not be read in time. To a condition it is missing too; the answer lists it as degraded.</summary>
    Unavailable = 2,
}

/// <summary>The types of the rule language. Those from Null on are of literals and results; no attribute of a payment has one.</summary>
public enum SignalType : byte
{
    Bool,
    Int,
    Double,
    Text,
    Money,
    Ip,
    Timestamp,
    Duration,
    Null,
    List,
    Map,
    /// <summary>A range of addresses, written as a CIDR prefix.</summary>
    Network,
    /// <summary>Known only when evaluated, such as an element of a list of texts and numbers.</summary>
    Any,
}
