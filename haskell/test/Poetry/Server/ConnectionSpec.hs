{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.ConnectionSpec (spec) where

import Control.Concurrent (newEmptyMVar, putMVar, readMVar, yield)
import Control.Exception (bracket, mask)
import Control.Monad (replicateM_, when)
import Data.Bits ((.|.))
import Data.IORef (atomicModifyIORef', modifyIORef', newIORef, readIORef)
import Foreign (Ptr, Word8, allocaBytes)
import Foreign.C.Types (CInt (..), CSize (..))
import Network.Socket
import System.Posix.Types (CSsize (..))
import Test.Hspec

import Poetry.Server.Clock (Clock (..))
import Poetry.Server.Connection (SlowPoem (..), serve)
import Poetry.Server.Schedule (Act (..), Kind (..))
import Poetry.Server.SendLog (Event (..))

spec :: Spec
spec = describe "a connection" $ do
  it "takes the time before a chunk is sent, so that no report of it can be older" $
    bracket (socketPair AF_UNIX Stream defaultProtocol) (\(one, other) -> close one >> close other) $
      \(connection, client) -> do
        atStamps <- newIORef []
        -- Reading this clock records how many bytes have reached the client.
        let look = arrived client >>= \count -> modifyIORef' atStamps (count :)
            clock = Clock {now = 0 <$ look, sleepUntil = mempty}
            slow = SlowPoem "poem" [Act 0 (Send 4), Act 0 Close]
        mask $ \restore -> serve restore clock (\_ _ -> pure ()) slow 0 connection
        reverse <$> readIORef atStamps `shouldReturn` [-1, 4]

  it "reports events in the order of their times, even if the client's end and a chunk come together" $
    bracket (socketPair AF_UNIX Stream defaultProtocol) (\(one, other) -> close one >> close other) $
      \(connection, client) -> do
        reported <- newIORef []
        shown <- newIORef 0
        due <- newEmptyMVar
        -- The first reader of this clock reports the client's end. The chunk becomes due when
        -- this reader has the time, but has not reported it yet.
        let turnOn time = (time + 1, time + 1)
            look = do
              time <- atomicModifyIORef' shown turnOn
              when (time == 1) $ putMVar due () >> replicateM_ 1000 yield
              pure time
            clock = Clock {now = look, sleepUntil = \_ -> readMVar due}
            slow = SlowPoem "poem" [Act 0 (Send 4), Act 0 Close]
        shutdown client ShutdownSend
        mask $ \restore ->
          serve restore clock (\time event -> modifyIORef' reported ((time, event) :)) slow 0 connection
        map snd . reverse <$> readIORef reported `shouldReturn` [HalfClosed, Sent 0 4 (Just 0), Closed]
        map fst . reverse <$> readIORef reported `shouldReturn` [1, 2, 3]

-- | How many bytes can be read now; -1 if there are none.
arrived :: Socket -> IO CSsize
arrived client = withFdSocket client $ \fd -> allocaBytes 99 $ \buffer -> recvNow fd buffer 99 (dontWait .|. peek)
 where
  dontWait = 0x40
  peek = 2

foreign import ccall unsafe "recv" recvNow :: CInt -> Ptr Word8 -> CSize -> CInt -> IO CSsize
