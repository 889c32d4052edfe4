package claimstream.peers;

import claimstream.ClaimSubmitted;
import claimstream.ServiceLine;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** The features of the comparison's model, in the order of its columns; a missing value is NaN. */
final class Features {
  static final int COUNT = 30;

  private Features() {}

  static float[] of(ClaimSubmitted claim) {
    String payerType = claim.getPayerType();
    LocalDate start = claim.getServiceFrom();
    LocalDate end = claim.getServiceTo() == null ? start : claim.getServiceTo();
    LocalDate checked = claim.getEligibilityCheckedOn();
    long maxCents = Long.MIN_VALUE;
    double units = 0;
    int modifiers = 0;
    for (ServiceLine line : claim.getLines()) {
      maxCents = Math.max(maxCents, line.getChargeCents());
      units += line.getUnits();
      modifiers += line.getModifiers().size();
    }
    if (claim.getLines().isEmpty()) maxCents = 0;
    return new float[] {
      number(claim.getPatientAgeYears()),
      flag("F".equals(claim.getPatientSex())),
      flag("commercial".equals(payerType)),
      flag("medicare".equals(payerType)),
      flag("medicare_advantage".equals(payerType)),
      flag("medicaid".equals(payerType)),
      flag("exchange".equals(payerType)),
      flag("hmo".equals(claim.getPlanType()) || "pos".equals(claim.getPlanType())),
      flag("S".equals(claim.getPayerSequence()) || "T".equals(claim.getPayerSequence())),
      number(claim.getProviderExperienceYears()),
      flag(Boolean.FALSE.equals(claim.getProviderInNetwork())),
      flag(Boolean.FALSE.equals(claim.getProviderCredentialed())),
      number(claim.getCodingQualityScore()),
      number(claim.getDocumentationScore()),
      number(claim.getProcessingMinutes()),
      number(claim.getTouchCount()),
      claim.getAttachmentCount(),
      claim.getDiagnosisCodes().size(),
      claim.getLines().size(),
      (float) (claim.getTotalChargeCents() / 100.0),
      (float) (maxCents / 100.0),
      (float) units,
      modifiers,
      flag(Boolean.TRUE.equals(claim.getPriorAuthRequired()) && !claim.getPriorAuthOnFile()),
      flag(Boolean.TRUE.equals(claim.getReferralRequired()) && !claim.getReferralOnFile()),
      flag(Boolean.FALSE.equals(claim.getEligibilityActive())),
      start == null || checked == null ? Float.NaN : start.toEpochDay() - checked.toEpochDay(),
      end == null
          ? Float.NaN
          : claim.getSubmittedAt().atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay() - end.toEpochDay(),
      flag("institutional".equals(claim.getClaimType())),
      flag(Boolean.FALSE.equals(claim.getMemberIdValid())),
    };
  }

  private static float flag(boolean value) {
    return value ? 1 : 0;
  }

  private static float number(Integer value) {
    return value == null ? Float.NaN : value;
  }
}
