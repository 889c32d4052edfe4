package claimstream.peers;

/** The check digit of an NPI. */
final class Npi {
  private static final int PREFIX_SUM = 24;
  private static final int DIGITS = 10;

  private Npi() {}

  /** Tells whether an NPI is well formed; null where there is none. */
  static Boolean valid(String npi) {
    if (npi == null) return null;
    if (npi.length() != DIGITS || (npi.charAt(0) != '1' && npi.charAt(0) != '2')) return false;
    int total = PREFIX_SUM;
    for (int place = 0; place < DIGITS; place++) {
      int digit = npi.charAt(place) - '0';
      if (digit < 0 || digit > 9) return false;
      if (place % 2 == 0) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
      total += digit;
    }
    return total % 10 == 0;
  }
}
