namespace PaymentGuard.Domain.Sca;

/// <summary>What the payer does with the list, or by means of it.</summary>
public enum ListAction
{
    CreateList = 1,
    AmendList = 2,
    Pay = 3,
}

/// <summary>Who keeps the list of trusted payees.</summary>
public enum ListKeeper
{
    AccountProvider = 1,
    ThirdParty = 2,
}

/// <summary>Whether a trusted payee exempts the payment, and if not, what stood against it first.</summary>
public enum BeneficiaryOutcome
{
    Undecided = 0,
    Exempt = 1,
    ListIsChanged = 2,
    ListKeptByThirdParty = 3,
    ListMadeWithoutSca = 4,
    PayeeNotOnList = 5,
}

/// <summary>
/// The payer's list of trusted beneficiaries (RTS 2018/389 art. 13). Making and changing it need strong authentication; paying somebody on it
/// does not, where the provider of the payer's account keeps it (EBA Q&amp;A 2018_4076, 2018_4120).
/// </summary>
public readonly record struct BeneficiaryList(ListKeeper Keeper, bool IsMadeWithSca)
{
    public BeneficiaryOutcome Judge(ListAction action, bool isPayeeOnList)
    {
        if (action != ListAction.Pay) return BeneficiaryOutcome.ListIsChanged;
        if (Keeper != ListKeeper.AccountProvider) return BeneficiaryOutcome.ListKeptByThirdParty;
        if (!IsMadeWithSca) return BeneficiaryOutcome.ListMadeWithoutSca;
        return isPayeeOnList ? BeneficiaryOutcome.Exempt : BeneficiaryOutcome.PayeeNotOnList;
    }
}
