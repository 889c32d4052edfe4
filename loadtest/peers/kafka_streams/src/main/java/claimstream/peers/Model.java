package claimstream.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;

/** The model, one claim a run; the input tensor is made once and filled anew. */
final class Model {
  private final OrtSession session;
  private final Set<String> wanted;
  private final FloatBuffer row;
  private final Map<String, OnnxTensor> input;

  Model(String file) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    session = environment.createSession(file, options);
    String name = null;
    for (String output : session.getOutputNames()) name = output;
    wanted = Set.of(name);
    row = ByteBuffer.allocateDirect(4 * Features.COUNT).order(ByteOrder.nativeOrder()).asFloatBuffer();
    OnnxTensor tensor = OnnxTensor.createTensor(environment, row, new long[] {1, Features.COUNT});
    input = Map.of(session.getInputNames().iterator().next(), tensor);
  }

  /** Returns the approval probability of a claim. */
  double approval(float[] features) {
    row.clear();
    row.put(features);
    row.rewind();
    try (OrtSession.Result result = session.run(input, wanted)) {
      float[][] probabilities = (float[][]) result.get(0).getValue();
      return 1.0 - probabilities[0][1];
    } catch (OrtException error) {
      throw new IllegalStateException(error);
    }
  }
}
