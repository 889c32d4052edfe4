package claimstream.peers;

import claimstream.ClaimSubmitted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/** What is done with one claim: read, check, score, decide, write. Objects are used again where Avro lets them. */
final class Work {
  private static final int HEADER_BYTES = 5;
  private static final byte[] HEADER = {0, 0, 0, 0, 1};
  private static final double REVIEW_BELOW = 0.6;

  private final SpecificDatumReader<ClaimSubmitted> reader = new SpecificDatumReader<>(ClaimSubmitted.class);
  private final SpecificDatumWriter<PeerScored> writer = new SpecificDatumWriter<>(PeerScored.class);
  private final ByteArrayOutputStream stream = new ByteArrayOutputStream(512);
  private final Model model;
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;
  private ClaimSubmitted claim;

  Work(Model model) {
    this.model = model;
  }

  byte[] process(byte[] value) {
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, decoder);
      claim = reader.read(claim, decoder);
      return answer(Rules.find(claim), model.approval(Features.of(claim)));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private byte[] answer(List<PeerFinding> found, double approval) throws IOException {
    PeerScored scored =
        new PeerScored(
            claim.getEventId(),
            claim.getTenantId(),
            claim.getClaimId(),
            claim.getPayerId(),
            claim.getTotalChargeCents(),
            disposition(found, approval),
            approval,
            found);
    stream.reset();
    stream.write(HEADER);
    encoder = EncoderFactory.get().binaryEncoder(stream, encoder);
    writer.write(scored, encoder);
    encoder.flush();
    return stream.toByteArray();
  }

  private static String disposition(List<PeerFinding> found, double approval) {
    boolean warned = approval < REVIEW_BELOW;
    for (PeerFinding finding : found) {
      if ("error".equals(finding.getSeverity())) return "rejected";
      warned |= "warning".equals(finding.getSeverity());
    }
    return warned ? "review" : "ready";
  }
}
