{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.ConnectionSpec (spec) where

import Control.Exception (bracket, mask)
import Data.Bits ((.|.))
import Data.IORef (modifyIORef', newIORef, readIORef)
import Foreign (Ptr, Word8, allocaBytes)
import Foreign.C.Types (CInt (..), CSize (..))
import Network.Socket
import System.Posix.Types (CSsize (..))
import Test.Hspec

import Poetry.Server.Clock (Clock (..))
import Poetry.Server.Connection (SlowPoem (..), serve)
import Poetry.Server.Schedule (Act (..), Kind (..))

spec :: Spec
spec = describe "a connection" $
  it "is stamped before a chunk is sent, so that no report of it can be older" $
    bracket (socketPair AF_UNIX Stream defaultProtocol) (\(one, other) -> close one >> close other) $
      \(connection, client) -> do
        atStamps <- newIORef []
        -- This clock looks what has reached the client when it is asked for the time.
        let look = arrived client >>= \count -> modifyIORef' atStamps (count :)
            clock = Clock {now = 0 <$ look, sleepUntil = mempty}
            slow = SlowPoem "poem" [Act 0 (Send 4), Act 0 Close]
        mask $ \restore -> serve restore clock (\_ _ -> pure ()) slow 0 connection
        reverse <$> readIORef atStamps `shouldReturn` [-1, 4]

-- | How many bytes there are to read; -1 for none.
arrived :: Socket -> IO CSsize
arrived client = withFdSocket client $ \fd -> allocaBytes 99 $ \buffer -> recvNow fd buffer 99 (dontWait .|. peek)
 where
  dontWait = 0x40
  peek = 2

foreign import ccall unsafe "recv" recvNow :: CInt -> Ptr Word8 -> CSize -> CInt -> IO CSsize
